"""What happens when parts die at the worst moment; counted at the far end."""
