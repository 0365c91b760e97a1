"""The ground floor: reading and rewriting a graph, and what is known of its values."""
