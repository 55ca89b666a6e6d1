"""What is done to a contract as a whole: retry, copy, settle doubts, schedule, expire."""
