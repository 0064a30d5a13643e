filedesc://x 0.0.0.0 20260301000000 text/plain 76
1 0 x
URL IP-address Archive-date Content-type Archive-length





http://paper.example/a 192.0.2.1 20260301000000 text/html 643
HTTP/1.1 200 OK
Content-Length: 578
Content-Type: text/html

<!doctype html><html lang=en><head><meta charset=utf-8><title>Ferry to Oldhaven is cancelled</title></head><body><nav><a href=/>Home</a></nav><article><h1>Ferry to Oldhaven is cancelled</h1>
<p>The ferry to Oldhaven was cancelled on Monday after its crew found a crack in the hull.</p>
<p>Passengers were taken to the island by two fishing boats, the harbour master said.</p>
<p>The company expects the ship back in service within ten days, if the parts arrive.</p>
<p>Islanders have asked for a second ship since the storms of last winter, without success.</p></article></body>
