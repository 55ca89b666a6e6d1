"""Real servers and a real screen for the tests, each of the test run's own."""
