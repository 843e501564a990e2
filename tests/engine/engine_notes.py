"""A blackboard between tests and the plugins they write: both import it and set what they like."""
