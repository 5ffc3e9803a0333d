// runtime.h over host memory. Work is done at once, in the order of the calls; only copies to the host arrive late.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cuda/emulation/emulated/device_memory.h"
#include "cuda/emulation/emulated/options.h"
#include "cuda/emulation/emulated/shared_memory.h"
#include "cuda/emulation/runtime.h"

namespace fno::cu::emulated {
namespace {

constexpr int kInvalidHandle = 400;

using Clock = std::chrono::steady_clock;

struct LateCopy {
  void* host;
  std::vector<std::byte> data;  // as it was in stream order
};

struct StreamState {
  std::vector<LateCopy> late;
  std::size_t delivered = 0;  // copies taken off the front so far
};

struct EventState {
  bool recorded = false;
  StreamState* stream = nullptr;
  std::size_t after = 0;  // it covers this many copies of its stream, counted from the stream's start
  Clock::time_point time;
};

// The runtime may be called from several OS threads. Recursive: calls are built of one another.
std::recursive_mutex one_call;
using Lock = std::lock_guard<std::recursive_mutex>;

StreamState default_stream;
std::set<StreamState*> streams;
std::set<EventState*> events;
std::map<std::string, int> to_fail;
Status last;

Status success(const char* call) { return {0, call, {}}; }

Status error(const char* call, int code, std::string text) {
  last = {code, call, std::move(text)};
  return last;
}

// Each call begins with this: an error that a test ordered comes first.
bool ordered_to_fail(const char* call, Status& status) {
  const auto found = to_fail.find(call);
  if (found == to_fail.end()) return false;
  status = error(call, found->second, "failure ordered by a test");
  to_fail.erase(found);
  return true;
}

StreamState* find(Stream stream) {
  auto* state = static_cast<StreamState*>(stream.handle);
  if (state == nullptr) return &default_stream;
  return streams.contains(state) ? state : nullptr;
}

EventState* find(Event event) {
  auto* state = static_cast<EventState*>(event.handle);
  return events.contains(state) ? state : nullptr;
}

std::size_t issued(const StreamState& stream) { return stream.delivered + stream.late.size(); }

// Brings the copies up to this number, counted from the stream's start.
void deliver(StreamState& stream, std::size_t up_to) {
  std::size_t count = 0;
  for (; stream.delivered + count < up_to && count < stream.late.size(); ++count)
    std::memcpy(stream.late[count].host, stream.late[count].data.data(), stream.late[count].data.size());
  stream.late.erase(stream.late.begin(), stream.late.begin() + static_cast<std::ptrdiff_t>(count));
  stream.delivered += count;
}

// Runs `act` if the stream exists.
template <class Act>
Status on_stream(const char* call, Stream stream, Act act) {
  const Lock lock(one_call);
  Status status;
  if (ordered_to_fail(call, status)) return status;
  StreamState* state = find(stream);
  if (state == nullptr) return error(call, kInvalidHandle, "the stream does not exist");
  return act(*state);
}

enum class Side { host, device };

// True if the range is where it should be; a null range of no bytes is anywhere.
bool placed(const void* pointer, std::size_t bytes, Side side) {
  const DeviceMemory& memory = DeviceMemory::instance();
  if (bytes == 0) return true;
  return side == Side::device ? memory.contains(pointer, bytes) : pointer != nullptr && !memory.contains(pointer, 1);
}

Status check_places(const char* call, const void* to, Side to_side, const void* from, Side from_side,
                    std::size_t bytes) {
  const std::string size = " of " + std::to_string(bytes) + " bytes ";
  const auto belongs = [](Side side) {
    return side == Side::device ? "does not lie in one device allocation" : "is not host memory";
  };
  if (!placed(to, bytes, to_side)) return error(call, kInvalidValue, "the destination" + size + belongs(to_side));
  if (!placed(from, bytes, from_side)) return error(call, kInvalidValue, "the source" + size + belongs(from_side));
  return success(call);
}

Status copy(const char* call, void* to, Side to_side, const void* from, Side from_side, std::size_t bytes,
            Stream stream) {
  return on_stream(call, stream, [&](StreamState&) {
    Status status = check_places(call, to, to_side, from, from_side, bytes);
    if (status.ok() && bytes > 0) std::memmove(to, from, bytes);
    return status;
  });
}

Status allocate(const char* call, void*& pointer, std::size_t bytes) {
  const Lock lock(one_call);
  pointer = nullptr;
  Status status = success(call);
  if (ordered_to_fail(call, status) || bytes == 0) return status;
  DeviceMemory& memory = DeviceMemory::instance();
  pointer = memory.allocate(bytes);
  if (pointer != nullptr) return status;
  // As on a device, running out is not fatal and not remembered.
  const DeviceMemory::Usage usage = memory.usage();
  return {kOutOfMemory, call,
          "out of memory; " + std::to_string(bytes) + " bytes wanted, " + std::to_string(usage.in_use) + " in use, " +
              std::to_string(usage.free()) + " free"};
}

Status release(const char* call, void* pointer) {
  const Lock lock(one_call);
  Status status = success(call);
  if (ordered_to_fail(call, status) || pointer == nullptr) return status;
  if (!DeviceMemory::instance().release(pointer))
    return error(call, kInvalidValue, "the pointer is not the start of a device allocation");
  return status;
}

Status fill(const char* call, void* device, int byte, std::size_t bytes, Stream stream) {
  return on_stream(call, stream, [&](StreamState&) {
    if (!placed(device, bytes, Side::device))
      return error(call, kInvalidValue, "the " + std::to_string(bytes) + " bytes do not lie in one device allocation");
    if (bytes > 0) std::memset(device, byte, bytes);
    return success(call);
  });
}

template <class Act>
Status on_event(const char* call, Event event, Act act) {
  const Lock lock(one_call);
  Status status;
  if (ordered_to_fail(call, status)) return status;
  EventState* state = find(event);
  return state == nullptr ? error(call, kInvalidHandle, "the event does not exist") : act(*state);
}

Status plain(const char* call) {
  const Lock lock(one_call);
  Status status = success(call);
  (void)ordered_to_fail(call, status);
  return status;
}

}  // namespace

int open_streams() {
  const Lock lock(one_call);
  return static_cast<int>(streams.size());
}
int open_events() {
  const Lock lock(one_call);
  return static_cast<int>(events.size());
}
void fail_next(const char* call, int code) {
  const Lock lock(one_call);
  to_fail[call] = code;
}
void remember_error(Status status) {
  const Lock lock(one_call);
  last = std::move(status);
}

std::int64_t most_blocks() { return options().most_blocks; }

Status device_count(int& count) {
  Status status = plain("cudaGetDeviceCount");
  count = status.ok() ? 1 : 0;
  return status;
}

Status device_properties(int device, DeviceProperties& properties) {
  const Lock lock(one_call);
  constexpr const char* kCall = "cudaGetDeviceProperties";
  Status status = plain(kCall);
  if (!status.ok()) return status;
  if (device != 0) return error(kCall, 101, "device " + std::to_string(device) + " of 1");
  properties = {.name = "emulated CUDA device",
                .major = 8,
                .minor = 0,
                .multiprocessors = 1,
                .max_threads_per_block = 1024,
                .memory_bytes = DeviceMemory::instance().usage().limit,
                .shared_bytes_per_block = kSharedBytes};
  return status;
}

Status set_device(int device) {
  const Lock lock(one_call);
  return device == 0 ? plain("cudaSetDevice")
                     : error("cudaSetDevice", 101, "device " + std::to_string(device) + " of 1");
}

Status device_synchronize() {
  const Lock lock(one_call);
  Status status = plain("cudaDeviceSynchronize");
  if (!status.ok()) return status;
  deliver(default_stream, issued(default_stream));
  for (StreamState* stream : streams) deliver(*stream, issued(*stream));
  return status;
}

Status last_error() {
  const Lock lock(one_call);
  Status status = std::exchange(last, Status{});
  if (status.ok()) status.call = "cudaGetLastError";
  return status;
}

Status device_malloc(void*& pointer, std::size_t bytes) { return allocate("cudaMalloc", pointer, bytes); }
Status device_free(void* pointer) { return release("cudaFree", pointer); }
Status device_malloc_async(void*& pointer, std::size_t bytes, Stream stream) {
  return on_stream("cudaMallocAsync", stream,
                   [&](StreamState&) { return allocate("cudaMallocAsync", pointer, bytes); });
}
Status device_free_async(void* pointer, Stream stream) {
  return on_stream("cudaFreeAsync", stream, [&](StreamState&) { return release("cudaFreeAsync", pointer); });
}

Status pinned_malloc(void*& pointer, std::size_t bytes) {
  const Lock lock(one_call);
  pointer = nullptr;
  Status status = plain("cudaMallocHost");
  if (!status.ok() || bytes == 0) return status;
  pointer = std::malloc(bytes);
  if (pointer == nullptr)
    return error("cudaMallocHost", kOutOfMemory, "out of memory; " + std::to_string(bytes) + " bytes wanted");
  std::memset(pointer, kPoison, bytes);
  return status;
}

Status pinned_free(void* pointer) {
  Status status = plain("cudaFreeHost");
  if (status.ok()) std::free(pointer);
  return status;
}

Status memory_info(std::size_t& free_bytes, std::size_t& total_bytes) {
  const DeviceMemory::Usage usage = DeviceMemory::instance().usage();
  total_bytes = usage.limit;
  free_bytes = usage.free();
  return plain("cudaMemGetInfo");
}

Status copy_to_device(void* device, const void* host, std::size_t bytes) {
  return copy("cudaMemcpy host to device", device, Side::device, host, Side::host, bytes, {});
}
Status copy_to_host(void* host, const void* device, std::size_t bytes) {
  return copy("cudaMemcpy device to host", host, Side::host, device, Side::device, bytes, {});
}
Status copy_on_device(void* to, const void* from, std::size_t bytes) {
  return copy("cudaMemcpy device to device", to, Side::device, from, Side::device, bytes, {});
}
Status copy_to_device_async(void* device, const void* host, std::size_t bytes, Stream stream) {
  return copy("cudaMemcpyAsync host to device", device, Side::device, host, Side::host, bytes, stream);
}
Status copy_on_device_async(void* to, const void* from, std::size_t bytes, Stream stream) {
  return copy("cudaMemcpyAsync device to device", to, Side::device, from, Side::device, bytes, stream);
}

Status copy_to_host_async(void* host, const void* device, std::size_t bytes, Stream stream) {
  constexpr const char* kCall = "cudaMemcpyAsync device to host";
  return on_stream(kCall, stream, [&](StreamState& state) {
    Status status = check_places(kCall, host, Side::host, device, Side::device, bytes);
    if (!status.ok() || bytes == 0) return status;
    const auto* from = static_cast<const std::byte*>(device);
    state.late.push_back({host, std::vector<std::byte>(from, from + bytes)});
    std::memset(host, kPoison, bytes);
    return status;
  });
}

Status fill_bytes(void* device, int byte, std::size_t bytes) { return fill("cudaMemset", device, byte, bytes, {}); }
Status fill_bytes_async(void* device, int byte, std::size_t bytes, Stream stream) {
  return fill("cudaMemsetAsync", device, byte, bytes, stream);
}

Status stream_create(Stream& stream) {
  const Lock lock(one_call);
  Status status = plain("cudaStreamCreateWithFlags");
  if (status.ok()) stream.handle = *streams.insert(new StreamState).first;
  return status;
}

Status stream_destroy(Stream stream) {
  return on_stream("cudaStreamDestroy", stream, [&](StreamState& state) {
    if (stream.handle == nullptr) return error("cudaStreamDestroy", kInvalidHandle, "the default stream stays");
    deliver(state, issued(state));
    for (EventState* event : events)
      if (event->stream == &state) event->stream = nullptr;
    streams.erase(&state);
    delete &state;
    return success("cudaStreamDestroy");
  });
}

Status stream_synchronize(Stream stream) {
  return on_stream("cudaStreamSynchronize", stream, [](StreamState& state) {
    deliver(state, issued(state));
    return success("cudaStreamSynchronize");
  });
}

Status stream_wait_event(Stream stream, Event event) {
  return on_stream("cudaStreamWaitEvent", stream, [&](StreamState&) {
    return on_event("cudaStreamWaitEvent", event, [](EventState&) { return success("cudaStreamWaitEvent"); });
  });
}

Status event_create(Event& event) {
  const Lock lock(one_call);
  Status status = plain("cudaEventCreate");
  if (status.ok()) event.handle = *events.insert(new EventState).first;
  return status;
}

Status event_destroy(Event event) {
  return on_event("cudaEventDestroy", event, [](EventState& state) {
    events.erase(&state);
    delete &state;
    return success("cudaEventDestroy");
  });
}

Status event_record(Event event, Stream stream) {
  return on_event("cudaEventRecord", event, [&](EventState& state) {
    return on_stream("cudaEventRecord", stream, [&](StreamState& on) {
      state = {.recorded = true, .stream = &on, .after = issued(on), .time = Clock::now()};
      return success("cudaEventRecord");
    });
  });
}

Status event_synchronize(Event event) {
  return on_event("cudaEventSynchronize", event, [](EventState& state) {
    if (state.stream != nullptr) deliver(*state.stream, state.after);
    return success("cudaEventSynchronize");
  });
}

Status event_elapsed(float& milliseconds, Event start, Event stop) {
  constexpr const char* kCall = "cudaEventElapsedTime";
  return on_event(kCall, start, [&](EventState& from) {
    return on_event(kCall, stop, [&](EventState& to) {
      if (!from.recorded || !to.recorded) return error(kCall, kInvalidHandle, "an event was never recorded");
      milliseconds = std::chrono::duration<float, std::milli>(to.time - from.time).count();
      return success(kCall);
    });
  });
}

}  // namespace fno::cu::emulated
