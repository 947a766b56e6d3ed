SELECT guild, channel, message, author, perhaps, last_word, others FROM status_reactions
WHERE guild = :guild ORDER BY message
