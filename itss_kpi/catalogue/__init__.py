"""The YAML file, made into checked, frozen models.

In: the text of `kpi_definitions.yaml`. Out: a `Catalogue` (sources, indicators, activities), every name resolved and
every expression parsed, and all the mistakes found on the way at once.
Knows nothing of data frames or of any export.
Start with `catalogue` (the models), then `load`, then `expression` (what may be written in a condition).
"""
