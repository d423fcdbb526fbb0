"""A plain client in Python: what a service in another language does, with nothing but grpcio and protobuf.

Usage: client.py STUBS PORT OTHER_PORT
STUBS is a folder that protoc --python_out wrote to from proto/, and from the protos of health and reflection.
Ends with 0 when everything was as promised.
"""

import json
import sys
import threading

import grpc

sys.path.insert(0, sys.argv[1])

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: E402
from health.v1 import health_pb2  # noqa: E402
from mnemesh.v1 import cache_pb2, cluster_pb2, entry_pb2, lock_pb2  # noqa: E402
import reflection_pb2  # noqa: E402

DEADLINE = 10


class Service:
    """A stub: the methods of a service, made from its descriptor."""

    def __init__(self, channel, descriptor):
        for method in descriptor.methods:
            make = channel.unary_stream if method.server_streaming else channel.unary_unary
            if method.client_streaming:
                make = channel.stream_stream
            request, response = (message_class(one) for one in (method.input_type, method.output_type))
            path = f"/{descriptor.full_name}/{method.name}"
            setattr(self, method.name, make(path, request.SerializeToString, response.FromString))


def message_class(descriptor):
    return message_factory.MessageFactory(descriptor_pool.Default()).GetPrototype(descriptor)


def services(channel, module):
    return {name: Service(channel, one) for name, one in module.DESCRIPTOR.services_by_name.items()}


def text(name):
    return entry_pb2.Key(text=name)


def as_json(value):
    return entry_pb2.Value(json=json.dumps(value).encode())


def parsed(value):
    return json.loads(value.json)


def refused(call):
    """The status of a call that must fail, and what its trailers say."""
    try:
        call()
    except grpc.RpcError as error:
        return error.code(), dict(error.trailing_metadata())
    raise AssertionError("the call did not fail")


def tables(table, cluster):
    options = cluster_pb2.TableOptions(ttl_ms=3_600_000, max_entries=1000, ack=entry_pb2.ACK_ALL)
    request = cluster_pb2.CreateTableRequest(name="users", options=options)
    created = table.CreateTable(request, timeout=DEADLINE).table
    assert (created.name, created.options.ttl_ms) == ("users", 3_600_000)
    assert table.CreateTable(request, timeout=DEADLINE).table.id == created.id
    waiting = cluster_pb2.WaitForTablesRequest(names=["users"])
    cluster.WaitForTables(waiting, timeout=DEADLINE)
    listed = table.ListTables(cluster_pb2.ListTablesRequest(), timeout=DEADLINE).tables
    assert [one.name for one in listed] == ["users"]


def values(cache, other):
    ada = {"name": "Ada", "born": 1815, "tags": ["maths", "é😀"], "none": None}
    request = cache_pb2.SetRequest(table="users", key=text("ada"), value=as_json(ada), ack=entry_pb2.ACK_ALL)
    assert cache.Set(request, timeout=DEADLINE).applied
    wanted = cache_pb2.GetRequest(table="users", key=text("ada"), format=entry_pb2.VALUE_FORMAT_JSON)
    for node in (cache, other):
        entry = node.Get(wanted, timeout=DEADLINE).entry
        assert parsed(entry.value) == ada, entry
        assert entry.version and entry.expires_at_ms > entry.created_at_ms
    assert cache.Has(cache_pb2.HasRequest(table="users", key=text("ada")), timeout=DEADLINE).found
    assert not cache.Has(cache_pb2.HasRequest(table="users", key=text("eve")), timeout=DEADLINE).found
    # MessagePack by hand: {"a": 1}.
    packed = entry_pb2.Value(msgpack=b"\x81\xa1a\x01")
    cache.Set(cache_pb2.SetRequest(table="users", key=text("packed"), value=packed), timeout=DEADLINE)
    entry = cache.Get(cache_pb2.GetRequest(table="users", key=text("packed")), timeout=DEADLINE).entry
    assert entry.value.msgpack == b"\x81\xa1a\x01"


def keys(cache):
    tenant = entry_pb2.KeyTuple(elements=[text("tenant-1"), entry_pb2.Key(number=42)])
    kinds = [
        entry_pb2.Key(number=-1.5),
        entry_pb2.Key(flag=True),
        entry_pb2.Key(raw=b"\x00\xff"),
        entry_pb2.Key(tuple=tenant),
    ]
    pairs = [cache_pb2.KeyValue(key=key, value=as_json(i)) for i, key in enumerate(kinds)]
    assert cache.SetMany(cache_pb2.SetManyRequest(table="users", entries=pairs), timeout=DEADLINE).count == 4
    request = cache_pb2.GetManyRequest(table="users", keys=kinds, format=entry_pb2.VALUE_FORMAT_JSON)
    results = cache.GetMany(request, timeout=DEADLINE).results
    assert [parsed(one.entry.value) for one in results] == [0, 1, 2, 3]
    assert [one.entry.key for one in results] == kinds


def conditions(cache, other):
    def update(node, value, version):
        request = cache_pb2.UpdateRequest(
            table="users",
            key=text("cas"),
            value=as_json(value),
            if_version=version,
            format=entry_pb2.VALUE_FORMAT_JSON,
        )
        return node.Update(request, timeout=DEADLINE)

    first = update(cache, "first", "")
    assert first.applied
    second = update(other, "second", first.entry.version)
    assert second.applied
    late = update(cache, "late", first.entry.version)
    assert not late.applied
    assert (parsed(late.entry.value), late.entry.version) == ("second", second.entry.version)


def counters(cache, other):
    request = cache_pb2.IncrementRequest(table="users", key=text("visits"))
    sums = sorted(node.Increment(request, timeout=DEADLINE).sum for node in (cache, other, cache))
    assert sums == [1, 2, 3], sums
    request = cache_pb2.IncrementRequest(table="users", key=text("visits"), by=-0.5)
    assert cache.Increment(request, timeout=DEADLINE).sum == 2.5


def scans(cache):
    for i in range(300):
        request = cache_pb2.SetRequest(table="users", key=text(f"many-{i}"), value=as_json(i))
        cache.Set(request, timeout=DEADLINE)
    request = cache_pb2.ScanRequest(table="users", prefix=text("many-"), format=entry_pb2.VALUE_FORMAT_JSON)
    found = [entry for page in cache.Scan(request, timeout=DEADLINE) for entry in page.entries]
    assert sorted(parsed(entry.value) for entry in found) == list(range(300))
    request = cache_pb2.ScanRequest(table="users", limit=7)
    assert sum(len(page.entries) for page in cache.Scan(request, timeout=DEADLINE)) == 7


def watches(cache, other):
    stream = other.Watch(
        cache_pb2.WatchRequest(table="users", prefix=text("seen-"), format=entry_pb2.VALUE_FORMAT_JSON),
        timeout=DEADLINE,
    )
    changes = []
    stands = threading.Event()

    def listen():
        try:
            for change in stream:
                if change.type == cache_pb2.CHANGE_TYPE_RESYNC:
                    stands.set()
                    continue
                changes.append((change.type, change.key.text, change.value.json))
                if len(changes) == 2:
                    break
        finally:
            stream.cancel()

    thread = threading.Thread(target=listen)
    thread.start()
    assert stands.wait(DEADLINE)
    request = cache_pb2.SetRequest(table="users", key=text("seen-1"), value=as_json("x"))
    cache.Set(request, timeout=DEADLINE)
    assert cache.Delete(cache_pb2.DeleteRequest(table="users", key=text("seen-1")), timeout=DEADLINE).deleted
    thread.join(DEADLINE)
    assert changes == [
        (cache_pb2.CHANGE_TYPE_SET, "seen-1", b'"x"'),
        (cache_pb2.CHANGE_TYPE_DELETE, "seen-1", b""),
    ], changes


def status(cluster):
    answer = cluster.ClusterStatus(cluster_pb2.ClusterStatusRequest(), timeout=DEADLINE).status
    assert answer.healthy and [node.name for node in answer.nodes] == ["n1", "n2"]
    assert all(node.state == cluster_pb2.NODE_STATE_UP for node in answer.nodes)
    [users] = answer.tables
    assert [copy.state for copy in users.copies] == [cluster_pb2.COPY_STATE_ACTIVE] * 2
    assert abs(sum(node.owns for node in answer.nodes) - 1) < 1e-9


def errors(cache, table):
    code, trailers = refused(lambda: cache.Get(cache_pb2.GetRequest(table="x", key=text("k")), timeout=DEADLINE))
    assert (code, trailers["mnemesh-code"]) == (grpc.StatusCode.NOT_FOUND, "ERR_TABLE_UNKNOWN")
    code, trailers = refused(lambda: cache.Get(cache_pb2.GetRequest(table="users"), timeout=DEADLINE))
    assert (code, trailers["mnemesh-code"]) == (grpc.StatusCode.INVALID_ARGUMENT, "ERR_INVALID_ARGUMENT")
    later = cluster_pb2.TableOptions(durability="disc")
    request = cluster_pb2.CreateTableRequest(name="later", options=later)
    code, trailers = refused(lambda: table.CreateTable(request, timeout=DEADLINE))
    assert (code, trailers["mnemesh-code"]) == (grpc.StatusCode.INVALID_ARGUMENT, "ERR_INVALID_OPTION")
    code, trailers = refused(lambda: list(cache.Scan(cache_pb2.ScanRequest(table="x"), timeout=DEADLINE)))
    assert (code, trailers["mnemesh-code"]) == (grpc.StatusCode.NOT_FOUND, "ERR_TABLE_UNKNOWN")


def health(channel):
    check = services(channel, health_pb2)["Health"].Check
    for name in ("", "mnemesh.v1.CacheService", "mnemesh.v1.ClusterService", "mnemesh.v1.TableService", "mnemesh.v1.LockService"):
        answer = check(health_pb2.HealthCheckRequest(service=name), timeout=DEADLINE)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, name
    code, _ = refused(lambda: check(health_pb2.HealthCheckRequest(service="x"), timeout=DEADLINE))
    assert code == grpc.StatusCode.NOT_FOUND


def reflection(channel):
    """Services by name, and a client of them made of nothing but what the node says of itself."""
    ask = services(channel, reflection_pb2)["ServerReflection"].ServerReflectionInfo

    def asked(**request):
        [answer] = ask(iter([reflection_pb2.ServerReflectionRequest(**request)]), timeout=DEADLINE)
        assert not answer.HasField("error_response"), answer
        return answer

    names = {one.name for one in asked(list_services="").list_services_response.service}
    ours = {f"mnemesh.v1.{name}Service" for name in ("Cache", "Cluster", "Table", "Lock", "Peer")}
    assert ours | {"grpc.health.v1.Health"} <= names, names

    # Descriptors with a fault in them are refused here, as C++ and Go do.
    pool = descriptor_pool.DescriptorPool()
    files = {}
    for name in ours | {"grpc.health.v1.Health"}:
        for data in asked(file_containing_symbol=name).file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            files[file.name] = file

    def add(name):
        file = files.pop(name, None)
        if file is None:
            return
        for dependency in file.dependency:
            add(dependency)
        pool.Add(file)

    for name in list(files):
        add(name)
    for name in ours | {"grpc.health.v1.Health"}:
        pool.FindServiceByName(name)
    method = pool.FindServiceByName("mnemesh.v1.CacheService").FindMethodByName("Has")
    make = message_factory.MessageFactory(pool).GetPrototype
    request, response = make(method.input_type), make(method.output_type)
    has = channel.unary_unary("/mnemesh.v1.CacheService/Has", request.SerializeToString, response.FromString)
    question = request(table="users")
    question.key.text = "ada"
    assert has(question, timeout=DEADLINE).found


def deletes(cache, other):
    request = cache_pb2.DeleteRequest(table="users", key=text("ada"), ack=entry_pb2.ACK_ALL)
    assert cache.Delete(request, timeout=DEADLINE).deleted
    assert not other.Has(cache_pb2.HasRequest(table="users", key=text("ada")), timeout=DEADLINE).found
    assert not other.Delete(request, timeout=DEADLINE).deleted
    cache.Clear(cache_pb2.ClearRequest(table="users", ack=entry_pb2.ACK_ALL), timeout=DEADLINE)
    assert list(other.Scan(cache_pb2.ScanRequest(table="users"), timeout=DEADLINE)) == []


def majority(cache, other, table):
    """A read-modify-write with somebody else in between, as the comments of the proto describe it."""
    options = cluster_pb2.TableOptions(majority=True)
    table.CreateTable(cluster_pb2.CreateTableRequest(name="accounts", options=options), timeout=DEADLINE)

    def get(node, name):
        request = cache_pb2.GetRequest(
            table="accounts",
            key=text(name),
            format=entry_pb2.VALUE_FORMAT_JSON,
            consistency=entry_pb2.CONSISTENCY_LINEARIZABLE,
        )
        entry = node.Get(request, timeout=DEADLINE).entry
        return (parsed(entry.value) if entry.version else 0), entry.version

    def change(name, value):
        return cache_pb2.TransactOperation(
            type=cache_pb2.OPERATION_TYPE_SET, table="accounts", key=text(name), value=as_json(value)
        )

    def read(name, version):
        return cache_pb2.TransactRead(table="accounts", key=text(name), version=version)

    def move(node, source, target, amount, between=lambda: None):
        for attempt in range(1, 10):
            (had, had_version), (has, has_version) = get(node, source), get(node, target)
            if attempt == 1:
                between()
            request = cache_pb2.TransactRequest(
                reads=[read(source, had_version), read(target, has_version)],
                operations=[change(source, had - amount), change(target, has + amount)],
            )
            try:
                answer = node.Transact(request, timeout=DEADLINE)
            except grpc.RpcError as error:
                trailers = dict(error.trailing_metadata())
                assert (error.code(), trailers["mnemesh-code"]) == (grpc.StatusCode.ABORTED, "ERR_CONFLICT"), error
                assert "mnemesh-maybe-applied" not in trailers
                continue
            assert [one.applied for one in answer.outcomes] == [True, True]
            assert get(other, source)[1] == answer.outcomes[0].version
            return attempt
        raise AssertionError("nothing but conflicts")

    pairs = [cache_pb2.KeyValue(key=text(name), value=as_json(100)) for name in ("a", "b")]
    request = cache_pb2.SetManyRequest(table="accounts", entries=pairs, atomic=True)
    assert cache.SetMany(request, timeout=DEADLINE).count == 2
    assert move(cache, "a", "b", 7) == 1
    assert move(cache, "a", "b", 7, between=lambda: move(other, "b", "c", 50)) == 2
    assert [get(node, name)[0] for node in (cache, other) for name in "abc"] == [86, 64, 50] * 2
    linearizable = cache_pb2.HasRequest(
        table="users", key=text("ada"), consistency=entry_pb2.CONSISTENCY_LINEARIZABLE
    )
    code, trailers = refused(lambda: cache.Has(linearizable, timeout=DEADLINE))
    assert (code, trailers["mnemesh-code"]) == (grpc.StatusCode.INVALID_ARGUMENT, "ERR_INVALID_ARGUMENT")


def locks(cache, lock, other_lock):
    """A lock is held by a stream, and guards what is written under it."""
    held = lock.Acquire(lock_pb2.AcquireRequest(name="printer"))
    granted = next(held).granted
    assert granted.name == "printer" and granted.token.index > 0
    code, trailers = refused(
        lambda: next(other_lock.Acquire(lock_pb2.AcquireRequest(name="printer", wait_ms=0), timeout=DEADLINE))
    )
    assert (code, trailers["mnemesh-code"]) == (grpc.StatusCode.ABORTED, "ERR_CONFLICT")
    listed = other_lock.Query(lock_pb2.LockServiceQueryRequest(name="printer"), timeout=DEADLINE).locks
    assert [one.token for one in listed[0].holders] == [granted.token]
    increment = cache_pb2.TransactOperation(
        type=cache_pb2.OPERATION_TYPE_INCREMENT, table="accounts", key=text("pages")
    )
    guarded = cache_pb2.TransactRequest(
        guards=[cache_pb2.TransactGuard(lock=granted.name, token=granted.token)], operations=[increment]
    )
    assert cache.Transact(guarded, timeout=DEADLINE).outcomes[0].number == 1
    waiting = other_lock.Acquire(lock_pb2.AcquireRequest(name="printer"), timeout=DEADLINE)
    held.cancel()
    following = next(waiting).granted
    order = [(one.token.generation, one.token.index) for one in (granted, following)]
    assert order == sorted(order) and order[0] != order[1]
    code, trailers = refused(lambda: cache.Transact(guarded, timeout=DEADLINE))
    assert (code, trailers["mnemesh-code"]) == (grpc.StatusCode.FAILED_PRECONDITION, "ERR_FENCED")
    request = lock_pb2.ReleaseRequest(name=following.name, token=following.token)
    assert other_lock.Release(request, timeout=DEADLINE).released
    assert list(waiting) == []


def main(port, other_port):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, grpc.insecure_channel(f"127.0.0.1:{other_port}") as far:
        cache = services(channel, cache_pb2)["CacheService"]
        other = services(far, cache_pb2)["CacheService"]
        operators = services(channel, cluster_pb2)
        cluster, table = operators["ClusterService"], operators["TableService"]
        lock, other_lock = (services(one, lock_pb2)["LockService"] for one in (channel, far))
        steps = {
            "tables": lambda: tables(table, cluster),
            "values": lambda: values(cache, other),
            "keys": lambda: keys(cache),
            "conditions": lambda: conditions(cache, other),
            "counters": lambda: counters(cache, other),
            "scans": lambda: scans(cache),
            "watches": lambda: watches(cache, other),
            "status": lambda: status(cluster),
            "errors": lambda: errors(cache, table),
            "health": lambda: health(channel),
            "reflection": lambda: reflection(channel),
            "majority": lambda: majority(cache, other, table),
            "locks": lambda: locks(cache, lock, other_lock),
            "deletes": lambda: deletes(cache, other),
        }
        for name, step in steps.items():
            step()
            print(name, flush=True)


main(*sys.argv[2:])
