"""Small widgets that panels and forms share."""
