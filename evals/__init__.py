"""Evals that can fail a build: `python -m evals`.

Asked:    `cases.py` (the fixed questions), `subjects.py` (the documents), `squad.py` (anybody's questions)
Measured: `run.py`, `metrics.py`, `mutate.py`, `kill.py`
Judged:   `gate.py`, with `floors.toml` and `baseline.json`
Shown:    `report.py`, `webpage.py`
"""
