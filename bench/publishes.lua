-- wrk script: PUT an excerpt to a random one of the articles in a file of ids, which publishes it.
--   wrk -t1 -c16 -d10s -s publishes.lua http://127.0.0.1:PORT -- IDS.txt BEARER_TOKEN
local counter = 1
function setup(thread)
  thread:set("tid", counter)
  counter = counter + 1
end

local ids, n = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    if #line > 0 then ids[#ids + 1] = line end
  end
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  wrk.headers["Content-Type"] = "application/json"
  math.randomseed(2000 + tid)
end

function request()
  n = n + 1
  local body = '{"data":{"excerpt":"Written ' .. n .. '"}}'
  return wrk.format("PUT", "/api/articles/" .. ids[math.random(#ids)] .. "?fields=title", nil, body)
end

dofile(debug.getinfo(1).source:match("^@(.*/)") .. "figures.lua")
