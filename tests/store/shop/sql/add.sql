INSERT INTO goods (guild, name) VALUES (:guild, :name) RETURNING id, name, sold
