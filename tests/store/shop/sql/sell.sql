UPDATE goods SET sold = 1 WHERE guild = :guild AND name = :name
