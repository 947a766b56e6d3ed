SELECT candidate FROM player_choices WHERE guild = :guild AND song = :song
