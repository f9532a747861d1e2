"""One forum software or dump format a file: `NAME`, `recognises(doc) -> bool`, `parse(doc) -> Iterator[ParsedThread | Rejected]`.

The folder is the registry. A parser gives names, dates and words as shown; reading the dates, quotes and white space is done once
for all of them in `pipeline.parse`. `DATE_ORDER`, where a module has it, is the software's own default order of day and month.
"""
