-- How campaigns are scheduled, paused, cancelled and retried.
SET LOCAL ROLE kloyst_owner;
