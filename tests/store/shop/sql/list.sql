SELECT id, name, sold FROM goods WHERE guild = :guild ORDER BY id
