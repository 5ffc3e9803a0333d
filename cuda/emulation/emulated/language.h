#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

#include "cuda/emulation/emulated/block.h"
#include "cuda/emulation/emulated/vector_types.h"
#include "cuda/emulation/emulated/warp.h"
#include "cuda/emulation/target.h"

// The words of CUDA C++ that kernels use. Barriers and warp operations carry their place in the source as a default
// argument, which is how messages name the line and how two arms of a branch are told apart.

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __constant__
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

namespace fno::cu::emulated::language {

inline constexpr const uint3& threadIdx = position.thread;
inline constexpr const uint3& blockIdx = position.block;
inline constexpr const dim3& blockDim = position.block_size;
inline constexpr const dim3& gridDim = position.grid_size;
inline constexpr int warpSize = 32;

inline constexpr std::uint32_t kWholeWarp = 0xffffffffu;

inline void __syncthreads(const Site& site = Site::current()) {
  const EmulatorScope scope("__syncthreads");
  current_block().barrier("__syncthreads", false, site);
}
inline int __syncthreads_count(int predicate, const Site& site = Site::current()) {
  const EmulatorScope scope("__syncthreads_count");
  return static_cast<int>(current_block().barrier("__syncthreads_count", predicate != 0, site));
}
inline int __syncthreads_or(int predicate, const Site& site = Site::current()) {
  const EmulatorScope scope("__syncthreads_or");
  return current_block().barrier("__syncthreads_or", predicate != 0, site) > 0 ? 1 : 0;
}
inline int __syncthreads_and(int predicate, const Site& site = Site::current()) {
  const EmulatorScope scope("__syncthreads_and");
  return current_block().barrier("__syncthreads_and", predicate == 0, site) == 0 ? 1 : 0;
}

inline void __syncwarp(std::uint32_t mask = kWholeWarp, const Site& site = Site::current()) { sync_warp(mask, site); }

inline std::uint32_t __ballot_sync(std::uint32_t mask, int predicate, const Site& site = Site::current()) {
  return ballot("__ballot_sync", mask, predicate != 0, site);
}
inline int __any_sync(std::uint32_t mask, int predicate, const Site& site = Site::current()) {
  return ballot("__any_sync", mask, predicate != 0, site) != 0 ? 1 : 0;
}
inline int __all_sync(std::uint32_t mask, int predicate, const Site& site = Site::current()) {
  return ballot("__all_sync", mask, predicate != 0, site) == mask ? 1 : 0;
}

/// The types CUDA shuffles, short of half and long double.
template <class T>
concept Shuffled = std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, long> ||
    std::same_as<T, unsigned long> || std::same_as<T, long long> || std::same_as<T, unsigned long long> ||
    std::same_as<T, float> || std::same_as<T, double>;

template <Shuffled T>
T shuffle_as(Shuffle kind, std::uint32_t mask, T value, int operand, int width, const Site& site) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = shuffle(kind, mask, bits, operand, width, site);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
template <Shuffled T>
T __shfl_sync(std::uint32_t mask, T value, int source, int width = 32, const Site& site = Site::current()) {
  return shuffle_as(Shuffle::index, mask, value, source, width, site);
}
template <Shuffled T>
T __shfl_up_sync(std::uint32_t mask, T value, unsigned delta, int width = 32, const Site& site = Site::current()) {
  return shuffle_as(Shuffle::up, mask, value, static_cast<int>(delta), width, site);
}
template <Shuffled T>
T __shfl_down_sync(std::uint32_t mask, T value, unsigned delta, int width = 32, const Site& site = Site::current()) {
  return shuffle_as(Shuffle::down, mask, value, static_cast<int>(delta), width, site);
}
template <Shuffled T>
T __shfl_xor_sync(std::uint32_t mask, T value, int lanes, int width = 32, const Site& site = Site::current()) {
  return shuffle_as(Shuffle::exclusive_or, mask, value, lanes, width, site);
}

// Each returns the old value. The float sum depends on the order of the threads: kernels of this project must not use
// it, and a test in several orders shows it.
int atomicAdd(int* address, int value);
unsigned atomicAdd(unsigned* address, unsigned value);
unsigned long long atomicAdd(unsigned long long* address, unsigned long long value);
float atomicAdd(float* address, float value);
int atomicMax(int* address, int value);
unsigned atomicMax(unsigned* address, unsigned value);

// Fibers see each other's writes in program order, so a fence has nothing to do. A missing one can't be found here.
inline void __threadfence() {}
inline void __threadfence_block() {}

// Loads and stores with a cache hint.
template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T __ldcs(const T* address) {
  return *address;
}
template <class T>
void __stcs(T* address, T value) {
  *address = value;
}

}  // namespace fno::cu::emulated::language
