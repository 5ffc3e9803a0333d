#pragma once

#include <cstdint>

#include "cuda/emulation/portable.h"

/// Sixteen bytes of neighbouring numbers, moved by one instruction.
namespace fno::cuda::CU_TARGET {

template <class T>
inline constexpr int kPack = 16 / int(sizeof(T));

template <class T>
struct alignas(16) Pack {
  T v[kPack<T>];
};

/// The pack at an address that is a multiple of 16.
template <class T>
__device__ __forceinline__ Pack<T> load_pack(const T* from) {
  return cu::load(reinterpret_cast<const Pack<T>*>(from));
}
template <class T>
__device__ __forceinline__ void store_pack(T* to, const Pack<T>& pack) {
  cu::store(reinterpret_cast<Pack<T>*>(to), pack);
}

/// Whether rows of this length, one behind the other from this address, are made of packs.
template <class T>
bool made_of_packs(const T* rows, std::int64_t length) {
  return reinterpret_cast<std::uintptr_t>(rows) % sizeof(Pack<T>) == 0 && length % kPack<T> == 0;
}

}  // namespace fno::cuda::CU_TARGET
