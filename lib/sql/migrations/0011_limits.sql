-- The limits of sending numbers, pairs and portfolios.
SET LOCAL ROLE kloyst_owner;
