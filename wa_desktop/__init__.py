"""wa-desktop: outbound WhatsApp campaigns that lose nothing and double nothing."""

__version__ = "0.1.0"
