#pragma once

// portable.h as g++ sees it: CUDA's language and our portable functions, run by the emulator.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "cuda/emulation/bfloat16.h"
#include "cuda/emulation/emulated/async_copy.h"
#include "cuda/emulation/emulated/device_math.h"
#include "cuda/emulation/emulated/language.h"
#include "cuda/emulation/emulated/launch.h"
#include "cuda/emulation/emulated/tensor_core.h"
#include "cuda/emulation/emulated/wide_access.h"
#include "cuda/emulation/kernel_registry.h"
#include "cuda/emulation/runtime.h"
#include "cuda/emulation/target.h"

// The key is a variable of its own in each declaration and each instantiation of a template around it.
#define CU_SHARED(type, name, ...)                                                               \
  using name##_shared_type = type __VA_ARGS__;                                                   \
  static constexpr char name##_shared_key = 0;                                                   \
  name##_shared_type& name = *static_cast<name##_shared_type*>(                                  \
      ::fno::cu::emulated::declare_shared(&name##_shared_key, #name, sizeof(name##_shared_type), \
                                          alignof(name##_shared_type), ::fno::cu::emulated::Site::current()))
#define CU_UNROLL
#define CU_UNROLL_BY(times)
#define CU_DYN_SHARED(type, name) type* const name = static_cast<type*>(::fno::cu::emulated::dynamic_shared())

// Kernels live in namespace fno or below and find CUDA's words there, as they would in the global namespace.
namespace fno {
using namespace cu::emulated::language;  // NOLINT(google-build-using-namespace)
}

namespace fno::cu::emulated {

void note_stride(bool goes_round);
void* declare_shared(const void* key, const char* name, std::size_t bytes, std::size_t alignment, const Site& site);
void* dynamic_shared();

/// Runs the kernel to its end before it returns. Throws Error{device} if the launch is refused or a rule is broken.
template <class... Params, class... Args>
void launch(void (*kernel)(Params...), language::dim3 grid, language::dim3 block, std::size_t dynamic_bytes,
            Stream stream, Args&&... arguments) {
  static_assert(sizeof...(Params) == sizeof...(Args), "the kernel takes another number of arguments");
  static_assert((std::is_trivially_copyable_v<Params> && ...) && !(std::is_reference_v<Params> || ...),
                "kernel parameters are copied to the device as bytes");
  struct Call {
    void (*kernel)(Params...);
    std::tuple<Params...> arguments;
  };
  const Call call{kernel, {static_cast<Params>(arguments)...}};
  run_kernel({.address = reinterpret_cast<const void*>(kernel),
              .body =
                  [](const void* stored) {
                    const auto& one = *static_cast<const Call*>(stored);
                    std::apply(one.kernel, one.arguments);
                  },
              .arguments = &call,
              .argument_bytes = sizeof call,
              .grid = grid,
              .block = block,
              .dynamic_bytes = dynamic_bytes,
              .stream = stream});
}

template <int Bytes>
void cp_async(void* shared, const void* global, unsigned valid_bytes, const Site& site = Site::current()) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16);
  async_copy(shared, global, Bytes, valid_bytes, site);
}
template <int Bytes>
void cp_async(void* shared, const void* global, const Site& site = Site::current()) {
  cp_async<Bytes>(shared, global, unsigned(Bytes), site);
}
inline void cp_async_commit() { async_commit(); }
template <int Pending>
void cp_async_wait() {
  async_wait(Pending);
}

[[nodiscard]] inline std::uint32_t to_tf32(float value) { return round_to_tf32(value); }
[[nodiscard]] inline bfloat16 to_bf16(float value) { return host_to_bf16(value); }
[[nodiscard]] inline float to_float(bfloat16 value) { return host_to_float(value); }
[[nodiscard]] inline std::uint32_t pack_bf16(float low, float high) {
  return std::uint32_t{to_bf16(low).bits} | std::uint32_t{to_bf16(high).bits} << 16;
}

inline void mma_tf32(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                     const Site& site = Site::current()) {
  mma_tf32_all(d, a, b, site);
}
inline void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                     const Site& site = Site::current()) {
  mma_bf16_all(d, a, b, site);
}

}  // namespace fno::cu::emulated
