SELECT receiver, total, entries FROM reputation_totals WHERE guild = :guild AND receiver = :receiver
