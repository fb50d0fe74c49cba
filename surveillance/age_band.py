"""The age groups by which studies are counted apart."""

AGE_BAND = """CASE WHEN patient_age < 18 THEN '0-17' WHEN patient_age >= 90 THEN '90+'
     WHEN patient_age < 40 THEN '18-39'
     WHEN patient_age IS NOT NULL THEN
          concat((floor(patient_age / 10) * 10)::INT, '-', (floor(patient_age / 10) * 10)::INT + 9)
END"""
"""A columnar expression over a table of studies: the group, or empty where the age is not known."""
