#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "cuda/emulation/target.h"

/// The runtime calls the CUDA backend needs, once over the CUDA runtime (on_device/runtime_cuda.cpp) and once over host
/// memory (emulated/runtime_emulated.cpp). No CUDA header is needed to include this. Codes are those of cudaError_t.
namespace fno::cu::CU_TARGET {

/// What a runtime call says: code 0, or the call's CUDA name, the code and a reason.
struct [[nodiscard]] Status {
  int code = 0;
  const char* call = "";
  std::string text;

  [[nodiscard]] bool ok() const { return code == 0; }
  [[nodiscard]] std::string message() const;  ///< "cudaMalloc: out of memory (error 2): 64 bytes wanted, ..."
};

inline constexpr int kInvalidValue = 1;
inline constexpr int kOutOfMemory = 2;
inline constexpr int kInvalidConfiguration = 9;
inline constexpr int kInvalidFunction = 98;
inline constexpr int kLaunchFailure = 719;

/// True for the codes that mean "there is no usable device here": 34 stub library, 35 no driver, 100 no device.
[[nodiscard]] constexpr bool means_no_device(int code) { return code == 34 || code == 35 || code == 100; }

/// Throws Error{device} with the status' message, after `context` if there is one.
void check(const Status& status, const std::string& context = {});

/// A stream of work in order; a null handle is the default stream.
struct Stream {
  void* handle = nullptr;
};

struct Event {
  void* handle = nullptr;
};

struct DeviceProperties {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  int multiprocessors = 0;
  int max_threads_per_block = 0;
  std::size_t memory_bytes = 0;
  std::size_t shared_bytes_per_block = 0;  // the most a kernel can ask for
};

/// Blocks that a grid which strides over its work should have at most: no limit on a device; in emulation some runs set
/// one, so that strides are taken (emulated/options.h).
[[nodiscard]] std::int64_t most_blocks();

// Devices. count is 0 whenever the status is not ok.
Status device_count(int& count);
Status device_properties(int device, DeviceProperties& properties);
Status set_device(int device);
Status device_synchronize();
/// The last launch or call that failed, and forgets it.
Status last_error();

// Memory. Device memory has undefined contents (0xFF in emulation) and 256-byte alignment. Zero bytes give null.
Status device_malloc(void*& pointer, std::size_t bytes);
Status device_free(void* pointer);
Status device_malloc_async(void*& pointer, std::size_t bytes, Stream stream);
Status device_free_async(void* pointer, Stream stream);
Status pinned_malloc(void*& pointer, std::size_t bytes);
Status pinned_free(void* pointer);
Status memory_info(std::size_t& free_bytes, std::size_t& total_bytes);

// Copies and fills. The first three return when the data is there. In emulation a copy to the host that is asynchronous
// leaves 0xFF in the destination until the stream is synchronised, so that a missing synchronisation shows.
Status copy_to_device(void* device, const void* host, std::size_t bytes);
Status copy_to_host(void* host, const void* device, std::size_t bytes);
Status copy_on_device(void* to, const void* from, std::size_t bytes);
Status copy_to_device_async(void* device, const void* host, std::size_t bytes, Stream stream);
Status copy_to_host_async(void* host, const void* device, std::size_t bytes, Stream stream);
Status copy_on_device_async(void* to, const void* from, std::size_t bytes, Stream stream);
Status fill_bytes(void* device, int byte, std::size_t bytes);
Status fill_bytes_async(void* device, int byte, std::size_t bytes, Stream stream);

// Streams do not wait for the default stream.
Status stream_create(Stream& stream);
Status stream_destroy(Stream stream);
Status stream_synchronize(Stream stream);
Status stream_wait_event(Stream stream, Event event);

Status event_create(Event& event);
Status event_destroy(Event event);
Status event_record(Event event, Stream stream);
Status event_synchronize(Event event);
/// Time between two recorded and finished events, in milliseconds.
Status event_elapsed(float& milliseconds, Event start, Event stop);

}  // namespace fno::cu::CU_TARGET
