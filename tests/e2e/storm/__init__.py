"""Commands, forms and mails while processes are killed and neighbours are cut or stand still."""
