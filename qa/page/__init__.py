"""The page: chat on the left, the document with its cited sentences on the right.

Wiring:    `app.py`, the only importer of gradio
Actions:   `desk.py`: what the page can ask the program to do; `message.py`: what it sends
HTML:      `render.py` and `templates/`
Behaviour: `page.js`, `marks.js`, `lists.js`, `writer.js`; looks: `page.css`
"""
