-- Templates, rate cards and windows.
SET LOCAL ROLE kloyst_owner;
