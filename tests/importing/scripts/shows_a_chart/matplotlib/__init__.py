"""As much of a plotting library as a script needs that shows a chart."""
