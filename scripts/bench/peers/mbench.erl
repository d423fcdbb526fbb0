%% Real Mnesia beside ours: three nodes, one table, ram_copies on all of them. Reads commands from standard input, one a
%% line, and answers each with one line of JSON.
-module(mbench).
-export([serve/0, peer/0, applied/2]).
-define(KEYS, 100000).

peer() -> ok = mnesia:start(), receive stop -> ok end.

serve() ->
    ok = mnesia:start(),
    Others = others(),
    [connect(N, 100) || N <- Others],
    {ok, Connected} = mnesia:change_config(extra_db_nodes, Others),
    true = length(Connected) =:= length(Others),
    {atomic, ok} = mnesia:create_table(t, [{ram_copies, [node() | Others]}]),
    Value = crypto:strong_rand_bytes(100),
    [mnesia:dirty_write({t, key(I), Value}) || I <- lists:seq(0, ?KEYS - 1)],
    mnesia:dirty_write({t, hot, Value}),
    mnesia:sync_dirty(fun() -> mnesia:write({t, sentinel, 0}) end),
    io:format("{\"ready\":true}~n"),
    loop(Value).

others() -> [list_to_atom(N ++ "@127.0.0.1") || N <- ["b", "c"]].
connect(N, 0) -> exit({no_node, N});
connect(N, Left) -> case net_kernel:connect_node(N) andalso rpc:call(N, mnesia, system_info, [is_running]) =:= yes of
    true -> ok; _ -> timer:sleep(100), connect(N, Left - 1) end.

loop(Value) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            case string:tokens(string:trim(Line), " ") of
                ["dirty_read", Ms] -> report(measure(fun(K) -> [_] = mnesia:dirty_read(t, K) end, 1, int(Ms)));
                ["sync_dirty", Procs, Ms] ->
                    report(measure(fun(K) -> ok = mnesia:sync_dirty(fun() -> mnesia:write({t, K, Value}) end) end, int(Procs), int(Ms)));
                ["sync_transaction", Procs, Ms] ->
                    report(measure(fun(K) -> {atomic, ok} = mnesia:sync_transaction(fun() -> mnesia:write({t, K, Value}) end) end, int(Procs), int(Ms), 1));
                ["read_modify_write", Procs, Ms] ->
                    report(measure(fun(K) -> read_modify_write(K, other(K)) end, int(Procs), int(Ms), 1));
                ["read_modify_write_hot", Procs, Ms] ->
                    report(measure(fun(K) -> read_modify_write(hot, K) end, int(Procs), int(Ms), 1));
                ["write_applied", N, Run] -> report(write_applied(int(N), int(Run), Value));
                ["copy", N, Size] -> report(copy(int(N), int(Size)));
                ["memory", N] -> report(memory(int(N), Value));
                ["quit"] -> [rpc:cast(O, erlang, halt, [0]) || O <- others()], halt(0)
            end,
            loop(Value)
    end.

%% Both rows are read for writing at once, so that no lock is asked for twice, and written back.
read_modify_write(A, B) ->
    {atomic, ok} = mnesia:transaction(fun() ->
        Rows = [hd(mnesia:read(t, K, write)) || K <- [A, B]],
        lists:foreach(fun mnesia:write/1, Rows)
    end).

other(<<"k", I/binary>>) -> key((binary_to_integer(I) + ?KEYS div 2) rem ?KEYS).

%% From the first of N dirty writes of new keys until all three nodes hold the last.
write_applied(N, Run, Value) ->
    Keys = [<<"w", (integer_to_binary(Run))/binary, ":", (integer_to_binary(I))/binary>> || I <- lists:seq(1, N)],
    Size = mnesia:table_info(t, size) + N,
    T0 = ns(),
    [mnesia:dirty_write({t, K, Value}) || K <- Keys],
    Self = self(),
    Waiting = [spawn(O, mbench, applied, [Self, Size]) || O <- [node() | others()]],
    [receive {applied, P} -> ok end || P <- Waiting],
    T = (ns() - T0) / 1.0e9,
    [mnesia:dirty_delete(t, K) || K <- Keys],
    mnesia:sync_dirty(fun() -> mnesia:write({t, sentinel, 0}) end),
    [{ops_s, N / T}].

applied(Parent, Size) ->
    case mnesia:table_info(t, size) >= Size of
        true -> Parent ! {applied, self()};
        false -> timer:sleep(1), applied(Parent, Size)
    end.

%% add_table_copy under a writer that writes once a ms; the longest of its writes is what it was kept waiting.
copy(N, Size) ->
    {atomic, ok} = mnesia:create_table(cp, [{ram_copies, [node(), hd(others())]}]),
    V = crypto:strong_rand_bytes(Size),
    [mnesia:dirty_write({cp, key(I), V}) || I <- lists:seq(0, N - 1)],
    Self = self(),
    W = spawn_link(fun() -> writer(Self, 0, 0) end),
    timer:sleep(100),
    T0 = ns(),
    {atomic, ok} = mnesia:add_table_copy(cp, lists:last(others()), ram_copies),
    T = (ns() - T0) / 1.0e9,
    W ! stop,
    Max = receive {stall, M} -> M end,
    {atomic, ok} = mnesia:delete_table(cp),
    [{records_s, N / T}, {stall_ms, Max / 1.0e6}].

writer(Parent, I, Max) ->
    T0 = ns(),
    mnesia:dirty_write({cp, {w, I rem 1000}, <<"x">>}),
    M = max(ns() - T0, Max),
    receive stop -> Parent ! {stall, M} after 1 -> writer(Parent, I + 1, M) end.

memory(N, Value) ->
    {atomic, ok} = mnesia:create_table(mm, [{ram_copies, [node()]}]),
    erlang:garbage_collect(),
    Before = rss(),
    [ets:insert(mm, {mm, key(I), binary:copy(Value)}) || I <- lists:seq(1, N)],
    erlang:garbage_collect(),
    R = (rss() - Before) / N,
    {atomic, ok} = mnesia:delete_table(mm),
    [{bytes, R}].

rss() ->
    {ok, B} = file:read_file("/proc/self/status"),
    {match, [X]} = re:run(B, "VmRSS:\\s+(\\d+)", [{capture, all_but_first, list}]),
    list_to_integer(X) * 1024.

%% The time of one call in 64 is taken: taking it costs as much as a dirty_read. Of slow calls, each.
measure(F, Procs, Ms) -> measure(F, Procs, Ms, 64).

measure(F, Procs, Ms, Burst) ->
    Self = self(),
    Dead = ns() + Ms * 1000000,
    T0 = ns(),
    Pids = [spawn_link(fun() -> Self ! {self(), run({F, Burst}, Dead, I * 7919 + 17, 0, [])} end) || I <- lists:seq(1, Procs)],
    Res = [receive {P, X} -> X end || P <- Pids],
    T = (ns() - T0) / 1.0e9,
    L = list_to_tuple(lists:sort(lists:append([Ls || {_, Ls} <- Res]))),
    [{ops_s, lists:sum([C || {C, _} <- Res]) / T}, {p50_us, pct(L, 0.5)}, {p99_us, pct(L, 0.99)}].

run({F, Burst} = What, Dead, Seed, N, Ls) ->
    S = next(Seed),
    T0 = ns(),
    F(key(S rem ?KEYS)),
    T1 = ns(),
    case T1 >= Dead of
        true -> {N + 1, [T1 - T0 | Ls]};
        false -> run(What, Dead, burst(F, S, Burst - 1), N + Burst, [T1 - T0 | Ls])
    end.
burst(_, S, 0) -> S;
burst(F, S, K) -> S1 = next(S), F(key(S1 rem ?KEYS)), burst(F, S1, K - 1).

next(X) -> (X * 1103515245 + 12345) band 16#7fffffff.
key(I) -> <<"k", (integer_to_binary(I))/binary>>.
ns() -> erlang:monotonic_time(nanosecond).
int(S) -> list_to_integer(S).
pct({}, _) -> 0.0;
pct(L, Q) -> element(min(size(L), 1 + trunc(Q * size(L))), L) / 1000.
report(Fields) ->
    Json = lists:join(",", [io_lib:format("\"~s\":~.3f", [atom_to_list(K), float(V)]) || {K, V} <- Fields]),
    io:format("{~s}~n", [Json]).
