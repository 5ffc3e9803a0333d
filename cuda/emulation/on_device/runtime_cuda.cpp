// runtime.h over the CUDA runtime. Host code only: any C++ compiler will do, with the static cudart.

#include <cuda_runtime_api.h>
#include <limits>

#include "cuda/emulation/runtime.h"

namespace fno::cu::CU_TARGET {
namespace {

Status status(const char* call, cudaError_t error) {
  if (error == cudaSuccess) return {0, call, {}};
  return {int(error), call, cudaGetErrorString(error)};
}

cudaStream_t native(Stream stream) { return static_cast<cudaStream_t>(stream.handle); }
cudaEvent_t native(Event event) { return static_cast<cudaEvent_t>(event.handle); }

std::string wanted(std::size_t bytes) {
  std::size_t free_bytes = 0, total_bytes = 0;
  if (cudaMemGetInfo(&free_bytes, &total_bytes) != cudaSuccess) return "; " + std::to_string(bytes) + " bytes wanted";
  return "; " + std::to_string(bytes) + " bytes wanted, " + std::to_string(total_bytes - free_bytes) + " in use, " +
         std::to_string(free_bytes) + " free";
}

Status allocated(const char* call, cudaError_t error, std::size_t bytes) {
  Status result = status(call, error);
  if (error == cudaErrorMemoryAllocation) {
    result.text += wanted(bytes);
    // Out of memory is not fatal, but stays "the last error" until it is read: the next launch would be blamed for it.
    (void)cudaGetLastError();
  }
  return result;
}

}  // namespace

Status device_count(int& count) {
  count = 0;  // the call leaves it untouched on failure
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) count = 0;
  return status("cudaGetDeviceCount", error);
}

Status device_properties(int device, DeviceProperties& properties) {
  cudaDeviceProp native_properties{};
  const cudaError_t error = cudaGetDeviceProperties(&native_properties, device);
  if (error == cudaSuccess)
    properties = {.name = native_properties.name,
                  .major = native_properties.major,
                  .minor = native_properties.minor,
                  .multiprocessors = native_properties.multiProcessorCount,
                  .max_threads_per_block = native_properties.maxThreadsPerBlock,
                  .memory_bytes = native_properties.totalGlobalMem,
                  .shared_bytes_per_block = native_properties.sharedMemPerBlockOptin};
  return status("cudaGetDeviceProperties", error);
}

Status set_device(int device) { return status("cudaSetDevice", cudaSetDevice(device)); }
std::int64_t most_blocks() { return std::numeric_limits<std::int32_t>::max(); }
Status device_synchronize() { return status("cudaDeviceSynchronize", cudaDeviceSynchronize()); }
Status last_error() { return status("cudaGetLastError", cudaGetLastError()); }

Status device_malloc(void*& pointer, std::size_t bytes) {
  pointer = nullptr;
  return bytes == 0 ? Status{0, "cudaMalloc", {}} : allocated("cudaMalloc", cudaMalloc(&pointer, bytes), bytes);
}

Status device_free(void* pointer) { return status("cudaFree", cudaFree(pointer)); }

Status device_malloc_async(void*& pointer, std::size_t bytes, Stream stream) {
  pointer = nullptr;
  if (bytes == 0) return {0, "cudaMallocAsync", {}};
  return allocated("cudaMallocAsync", cudaMallocAsync(&pointer, bytes, native(stream)), bytes);
}

Status device_free_async(void* pointer, Stream stream) {
  if (pointer == nullptr) return {0, "cudaFreeAsync", {}};  // unlike cudaFree, it refuses null
  return status("cudaFreeAsync", cudaFreeAsync(pointer, native(stream)));
}

Status pinned_malloc(void*& pointer, std::size_t bytes) {
  pointer = nullptr;
  return bytes == 0 ? Status{0, "cudaMallocHost", {}} : status("cudaMallocHost", cudaMallocHost(&pointer, bytes));
}

Status pinned_free(void* pointer) { return status("cudaFreeHost", cudaFreeHost(pointer)); }

Status memory_info(std::size_t& free_bytes, std::size_t& total_bytes) {
  return status("cudaMemGetInfo", cudaMemGetInfo(&free_bytes, &total_bytes));
}

Status copy_to_device(void* device, const void* host, std::size_t bytes) {
  return status("cudaMemcpy host to device", cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice));
}
Status copy_to_host(void* host, const void* device, std::size_t bytes) {
  return status("cudaMemcpy device to host", cudaMemcpy(host, device, bytes, cudaMemcpyDeviceToHost));
}
// cudaMemcpy between device buffers returns before the copy is done; this one promises that it is.
Status copy_on_device(void* to, const void* from, std::size_t bytes) {
  const cudaError_t error = cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToDevice);
  return status("cudaMemcpy device to device", error == cudaSuccess ? cudaStreamSynchronize(nullptr) : error);
}
Status copy_to_device_async(void* device, const void* host, std::size_t bytes, Stream stream) {
  return status("cudaMemcpyAsync host to device",
                cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, native(stream)));
}
Status copy_to_host_async(void* host, const void* device, std::size_t bytes, Stream stream) {
  return status("cudaMemcpyAsync device to host",
                cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, native(stream)));
}
Status copy_on_device_async(void* to, const void* from, std::size_t bytes, Stream stream) {
  return status("cudaMemcpyAsync device to device",
                cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, native(stream)));
}
// The fill itself is asynchronous to the host; this one waits, as its emulated twin does.
Status fill_bytes(void* device, int byte, std::size_t bytes) {
  const cudaError_t error = cudaMemset(device, byte, bytes);
  return status("cudaMemset", error == cudaSuccess ? cudaStreamSynchronize(nullptr) : error);
}
Status fill_bytes_async(void* device, int byte, std::size_t bytes, Stream stream) {
  return status("cudaMemsetAsync", cudaMemsetAsync(device, byte, bytes, native(stream)));
}

Status stream_create(Stream& stream) {
  cudaStream_t created = nullptr;
  const cudaError_t error = cudaStreamCreateWithFlags(&created, cudaStreamNonBlocking);
  stream.handle = created;
  return status("cudaStreamCreateWithFlags", error);
}
Status stream_destroy(Stream stream) { return status("cudaStreamDestroy", cudaStreamDestroy(native(stream))); }
Status stream_synchronize(Stream stream) {
  return status("cudaStreamSynchronize", cudaStreamSynchronize(native(stream)));
}
Status stream_wait_event(Stream stream, Event event) {
  return status("cudaStreamWaitEvent", cudaStreamWaitEvent(native(stream), native(event), 0));
}

Status event_create(Event& event) {
  cudaEvent_t created = nullptr;
  const cudaError_t error = cudaEventCreate(&created);
  event.handle = created;
  return status("cudaEventCreate", error);
}
Status event_destroy(Event event) { return status("cudaEventDestroy", cudaEventDestroy(native(event))); }
Status event_record(Event event, Stream stream) {
  return status("cudaEventRecord", cudaEventRecord(native(event), native(stream)));
}
Status event_synchronize(Event event) { return status("cudaEventSynchronize", cudaEventSynchronize(native(event))); }
Status event_elapsed(float& milliseconds, Event start, Event stop) {
  return status("cudaEventElapsedTime", cudaEventElapsedTime(&milliseconds, native(start), native(stop)));
}

}  // namespace fno::cu::CU_TARGET
