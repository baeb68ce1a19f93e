UPDATE start SET fits = '6c62272e07bb0142', gateway = '{"url":"wss://gateway.example","shards":1}',
    commands = '62b821756295c58d';
