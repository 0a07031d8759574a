-- Consent and its evidence, and the feed of events.
SET LOCAL ROLE kloyst_owner;
