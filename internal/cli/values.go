package cli

// valuesHelp is the rule of package scalar for users.
const valuesHelp = `- As a guid or a label, 7, 7.0 and "7" are the same; true, True and TRUE are the same label. 007 and 1.10
  keep their characters.
- A column inside of an object of JSON or Parquet is named by its path: example.premise, or words.0 in a list. A column of that very
  name goes first.
- In Parquet and Arrow, dates and times are texts in the form of Python: 2026-01-31, 12:30:00, 2026-01-31 12:30:00.500000. A time zone
  is shown as UTC: 2026-01-31 12:30:00+00:00. A decimal has all digits of its scale (7.00, and as a guid 7), a UUID is 36 characters,
  a float has the fewest digits that stand for it, and a whole one below 1e16 no point.
- NaN and Infinity are read as null. A value that is used must be plain: null, NaN, lists and objects are refused, with their line. So is
  a column that a record or a header names twice.
- No gold label: null, an empty value, "-", -1 and NaN, unless a label has that name. In a config, label_map = { "-" = "drop" } leaves
  such rows out, and exclude = { text = [""] } those with an empty text.`

// formulasHelp warns of values that a spreadsheet computes. They are written as they are, so that they can be read again.
const formulasHelp = `In CSV and TSV, guids, labels and texts that begin with =, +, - or @ are written as they are. A spreadsheet
may compute them as formulas: import their columns as text, or give it Parquet, if the data come from people you do not know.`
