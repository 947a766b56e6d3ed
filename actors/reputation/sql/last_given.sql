SELECT max(at) AS at FROM reputation
WHERE guild = :guild AND giver = :giver AND at > :since AND receiver = :receiver
