"""Whole loops of agents, with each provider's own package and a stand-in for the model."""
