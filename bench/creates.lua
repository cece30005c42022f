-- wrk script: POST articles of 3 KB, each with a title of its own.
--   wrk -t2 -c16 -d10s -s creates.lua http://127.0.0.1:PORT -- BEARER_TOKEN
local counter = 1
function setup(thread)
  thread:set("tid", counter)
  counter = counter + 1
end

local n, text, run = 0, {}, 0
function init(args)
  wrk.headers["Authorization"] = "Bearer " .. args[1]
  wrk.headers["Content-Type"] = "application/json"
  run = os.time()
  math.randomseed(run + tid)
  for i = 1, 500 do
    local word = {}
    for k = 1, math.random(2, 9) do word[k] = string.char(96 + math.random(26)) end
    text[i] = table.concat(word)
  end
end

function request()
  n = n + 1
  local words = {}
  for i = 1, 460 do words[i] = text[math.random(500)] end
  local title = "Bench " .. run .. " " .. tid .. " " .. n
  local body = '{"data":{"title":"' .. title .. '","body":"' .. table.concat(words, " ") .. '","views":' .. n .. '}}'
  return wrk.format("POST", "/api/articles?fields=title", nil, body)
end

dofile(debug.getinfo(1).source:match("^@(.*/)") .. "figures.lua")
