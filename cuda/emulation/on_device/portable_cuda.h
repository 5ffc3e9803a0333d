#pragma once

// portable.h as nvcc sees it: CUDA's own language, and thin wrappers around the PTX that has no intrinsic.
// Every wrapper here has a software twin in cuda/emulation/emulated; the two are changed together.

#include <cstddef>
#include <cstdint>
#include <cuda_runtime.h>
#include <utility>

#include "cuda/emulation/bfloat16.h"
#include "cuda/emulation/kernel_registry.h"
#include "cuda/emulation/runtime.h"
#include "cuda/emulation/shared_limit.h"
#include "framework/error.h"

// The optional last argument holds the array's extents; a single value has none.
#define CU_SHARED(type, name, ...) __shared__ __align__(16) type name __VA_ARGS__
#define CU_UNROLL _Pragma("unroll")
#define CU_UNROLL_BY(times) _Pragma(CU_UNROLL_TEXT(unroll times))
#define CU_UNROLL_TEXT(...) #__VA_ARGS__
#define CU_DYN_SHARED(type, name)                                      \
  extern __shared__ __align__(128) unsigned char fno_dynamic_shared[]; \
  type* const name = reinterpret_cast<type*>(fno_dynamic_shared)

namespace fno::cu::on_device {

/// Starts a kernel on the stream; asynchronous. Throws Error{device} naming the kernel if the launch is refused.
template <class... Params, class... Args>
void launch(void (*kernel)(Params...), dim3 grid, dim3 block, std::size_t dynamic_bytes, Stream stream,
            Args&&... arguments) {
  const void* address = reinterpret_cast<const void*>(kernel);
  const char* name = kernel_name(address);
  require<ErrorKind::device>(name != nullptr, "a kernel is launched without CU_KERNEL under its definition");

  const auto accepted = [&](cudaError_t error, const char* call) {
    require<ErrorKind::device>(error == cudaSuccess, "kernel ", name, ": ", call, ": ", cudaGetErrorString(error),
                               " (error ", int(error), "); grid (", grid.x, ",", grid.y, ",", grid.z, "), block (",
                               block.x, ",", block.y, ",", block.z, "), dynamic shared memory ", dynamic_bytes);
  };
  if (asks_for_shared(dynamic_bytes))
    accepted(cudaFuncSetAttribute(address, cudaFuncAttributeMaxDynamicSharedMemorySize, int(dynamic_bytes)),
             "cudaFuncSetAttribute");
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = dynamic_bytes;
  config.stream = static_cast<cudaStream_t>(stream.handle);
  accepted(cudaLaunchKernelEx(&config, kernel, static_cast<Params>(arguments)...), "cudaLaunchKernelEx");
  record_execution(address);
}

__device__ __forceinline__ void note_stride(bool) {}
__device__ __forceinline__ void note_multiply_adds(int) {}

template <class V>
__device__ __forceinline__ V load(const V* from) {
  static_assert(sizeof(V) == 4 || sizeof(V) == 8 || sizeof(V) == 16);
  return *static_cast<const V*>(__builtin_assume_aligned(from, sizeof(V)));
}
template <class V>
__device__ __forceinline__ void store(V* to, V value) {
  static_assert(sizeof(V) == 4 || sizeof(V) == 8 || sizeof(V) == 16);
  *static_cast<V*>(__builtin_assume_aligned(to, sizeof(V))) = value;
}

__device__ __forceinline__ std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

template <int Bytes>
__device__ __forceinline__ void cp_async(void* shared, const void* global) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16);
  // .cg (past L1) exists for 16 bytes only.
  if constexpr (Bytes == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(shared)), "l"(global) : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(shared_address(shared)), "l"(global), "n"(Bytes)
                 : "memory");
}

template <int Bytes>
__device__ __forceinline__ void cp_async(void* shared, const void* global, unsigned valid_bytes) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16);
  if constexpr (Bytes == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global),
                 "r"(valid_bytes)
                 : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared_address(shared)), "l"(global), "n"(Bytes),
                 "r"(valid_bytes)
                 : "memory");
}

__device__ __forceinline__ void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int Pending>
__device__ __forceinline__ void cp_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

__device__ __forceinline__ std::uint32_t to_tf32(float value) {
  std::uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
  return bits;
}

__device__ __forceinline__ bfloat16 to_bf16(float value) {
  bfloat16 result;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
  return result;
}

__device__ __forceinline__ float to_float(bfloat16 value) { return __uint_as_float(std::uint32_t(value.bits) << 16); }

__device__ __forceinline__ std::uint32_t pack_bf16(float low, float high) {
  std::uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

// d (16x8) += a (16x8) * b (8x8), operands by to_tf32. PTX ISA, "Matrix fragments for mma.m16n8k8".
__device__ __forceinline__ void mma_tf32(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// d (16x8) += a (16x16) * b (16x8), operands by pack_bf16. PTX ISA, "Matrix fragments for mma.m16n8k16".
__device__ __forceinline__ void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

}  // namespace fno::cu::on_device
