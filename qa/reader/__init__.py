"""The trained reader: finds the span of a passage that answers a question.

`model.py` runs it; `train.py` makes it again; `MODEL_CARD.md` says from what, and how good it is.
"""
