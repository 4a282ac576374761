import json
from datetime import datetime
rows = [{"n": i, "sq": i * i} for i in range(3)]
with open("report.json", "w") as f:
    json.dump({"at": datetime(2026, 1, 1).isoformat(), "rows": rows}, f)
print("wrote report.json")
