"""What may be lost without harm, in the ephemeral store or Redis: rate limits and claims of jobs."""
