-- The end of a wrk script: one line of JSON with the figures (prefix "WRKJSON ").
function done(s, lat, _)
  local e = s.errors
  io.write(string.format(
    'WRKJSON {"requests":%d,"seconds":%.3f,"rps":%.1f,"bytes":%d,"p50_ms":%.3f,"p90_ms":%.3f,"p95_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"err_status":%d,"err_connect":%d,"err_read":%d,"err_write":%d,"err_timeout":%d}\n',
    s.requests, s.duration / 1e6, s.requests / (s.duration / 1e6), s.bytes,
    lat:percentile(50) / 1000, lat:percentile(90) / 1000, lat:percentile(95) / 1000, lat:percentile(99) / 1000, lat.max / 1000,
    e.status, e.connect, e.read, e.write, e.timeout))
end
