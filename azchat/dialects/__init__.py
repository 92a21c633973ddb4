"""What services are asked in: each dialect in a folder of its own; what they share beside them."""
