"""From a file to passages that can be found.

The values:  `document.py`: Document, Passage, Sentence, Hit
A file in:   `load.py`, with `layout.py` (plain text) and `markdown.py`
Cut:         `split.py`
Kept:        `embed.py` (vectors), `store.py` (Chroma)
Found:       `search.py`
Built in:    `sample/`
"""
