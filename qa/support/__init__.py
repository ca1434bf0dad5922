"""Whether quotes support a sentence that is in other words.

`facts`:  its numbers, dates, names and quotations stand in the quotes
`stance`: what is denied, possible or only alleged there is so here
`model`:  the rest of its content is theirs, by a small fitted model; `Support` asks all three
`pairs`, `fit`: the true and false sentences that the model is fitted on, and measured by: `make support`
"""
