#pragma once

#include "cuda/emulation/emulated/race_detector.h"
#include "cuda/emulation/emulated/traffic.h"

/// Loads and stores of several numbers by one instruction. g++ may make several of one: in the race build they are
/// reported here, as the device makes them, and their alignment is checked, which a device insists on.
namespace fno::cu::emulated {

template <class V>
inline constexpr bool kOneInstruction = sizeof(V) == 4 || sizeof(V) == 8 || sizeof(V) == 16;

#ifdef FNO_CUDA_RACE_BUILD
#define FNO_WIDE __attribute__((noinline, no_sanitize("thread")))
#else
#define FNO_WIDE inline
#endif

/// The V at an address that is a multiple of its size: 4, 8 or 16 bytes.
template <class V>
FNO_WIDE V load(const V* from) {
  static_assert(kOneInstruction<V>);
  if constexpr (race::kWatched) race::check_wide(from, sizeof(V), race::Kind::read, __builtin_return_address(0));
  return *from;
}
template <class V>
FNO_WIDE void store(V* to, V value) {
  static_assert(kOneInstruction<V>);
  if constexpr (race::kWatched) race::check_wide(to, sizeof(V), race::Kind::write, __builtin_return_address(0));
  *to = value;
}

/// Counts multiply-adds of a kernel; other builds do nothing.
inline void note_multiply_adds([[maybe_unused]] int count) {
  if constexpr (race::kWatched) traffic::add_multiply_adds(count);
}

}  // namespace fno::cu::emulated
