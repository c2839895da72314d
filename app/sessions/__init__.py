"""Study sessions: people learning together live, heard and understood."""
