INSERT INTO status_reactions (guild, channel, message, author, perhaps, last_word, others)
VALUES (:guild, :channel, :message, :author, :perhaps, :last_word, :others)
ON CONFLICT (message) DO UPDATE SET perhaps = :perhaps, last_word = :last_word, others = :others
