"""Study buddies: who could study with whom, who asks whom, and what two of them study together."""
