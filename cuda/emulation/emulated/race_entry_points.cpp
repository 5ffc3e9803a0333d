// What g++ -fsanitize=thread calls around every load, store and atomic of a kernel file. The compiler's own run-time
// library is not linked: these are our definitions, and they speak of CUDA threads instead of OS threads.

#include <cstddef>
#include <cstdint>

#include "cuda/emulation/emulated/race_detector.h"

namespace race = fno::cu::emulated::race;

#define FNO_ACCESS(name, bytes, kind)                                                               \
  void name(void* address);                                                                         \
  void name(void* address) {                                                                        \
    if (race::watching) race::check(address, bytes, race::Kind::kind, __builtin_return_address(0)); \
  }
#define FNO_ACCESS_SIZED(bytes)                         \
  FNO_ACCESS(__tsan_read##bytes, bytes, read)           \
  FNO_ACCESS(__tsan_write##bytes, bytes, write)         \
  FNO_ACCESS(__tsan_unaligned_read##bytes, bytes, read) \
  FNO_ACCESS(__tsan_unaligned_write##bytes, bytes, write)

#define FNO_RANGE(name, kind)                                                                       \
  void name(void* address, std::size_t bytes);                                                      \
  void name(void* address, std::size_t bytes) {                                                     \
    if (race::watching) race::check(address, bytes, race::Kind::kind, __builtin_return_address(0)); \
  }

// Host code of a kernel file uses these too (guards of static variables, reference counts), so they must really work.
// The order argument is ignored in favour of the strongest.
#define FNO_WATCH_ATOMIC(address)                                                                   \
  if (race::watching)                                                                               \
  race::check(const_cast<const void*>(static_cast<const volatile void*>(address)), sizeof *address, \
              race::Kind::atomic, __builtin_return_address(0))
#define FNO_ATOMIC_UPDATE(type, bits, operation)                                    \
  type __tsan_atomic##bits##_##operation(volatile type* address, type value, int);  \
  type __tsan_atomic##bits##_##operation(volatile type* address, type value, int) { \
    FNO_WATCH_ATOMIC(address);                                                      \
    return __atomic_##operation(address, value, __ATOMIC_SEQ_CST);                  \
  }
#define FNO_ATOMIC_EXCHANGE(type, bits, strength, weak)                                                           \
  int __tsan_atomic##bits##_compare_exchange_##strength(volatile type* address, type* expected, type wanted, int, \
                                                        int);                                                     \
  int __tsan_atomic##bits##_compare_exchange_##strength(volatile type* address, type* expected, type wanted, int, \
                                                        int) {                                                    \
    FNO_WATCH_ATOMIC(address);                                                                                    \
    return __atomic_compare_exchange_n(address, expected, wanted, weak, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);      \
  }
#define FNO_ATOMICS(type, bits)                                                  \
  type __tsan_atomic##bits##_load(const volatile type* address, int);            \
  type __tsan_atomic##bits##_load(const volatile type* address, int) {           \
    FNO_WATCH_ATOMIC(address);                                                   \
    return __atomic_load_n(address, __ATOMIC_SEQ_CST);                           \
  }                                                                              \
  void __tsan_atomic##bits##_store(volatile type* address, type value, int);     \
  void __tsan_atomic##bits##_store(volatile type* address, type value, int) {    \
    FNO_WATCH_ATOMIC(address);                                                   \
    __atomic_store_n(address, value, __ATOMIC_SEQ_CST);                          \
  }                                                                              \
  type __tsan_atomic##bits##_exchange(volatile type* address, type value, int);  \
  type __tsan_atomic##bits##_exchange(volatile type* address, type value, int) { \
    FNO_WATCH_ATOMIC(address);                                                   \
    return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);                \
  }                                                                              \
  FNO_ATOMIC_UPDATE(type, bits, fetch_add)                                       \
  FNO_ATOMIC_UPDATE(type, bits, fetch_sub)                                       \
  FNO_ATOMIC_UPDATE(type, bits, fetch_and)                                       \
  FNO_ATOMIC_UPDATE(type, bits, fetch_or)                                        \
  FNO_ATOMIC_UPDATE(type, bits, fetch_xor)                                       \
  FNO_ATOMIC_EXCHANGE(type, bits, strong, false)                                 \
  FNO_ATOMIC_EXCHANGE(type, bits, weak, true)

extern "C" {

FNO_ACCESS_SIZED(1)
FNO_ACCESS_SIZED(2)
FNO_ACCESS_SIZED(4)
FNO_ACCESS_SIZED(8)
FNO_ACCESS_SIZED(16)
FNO_RANGE(__tsan_read_range, read)
FNO_RANGE(__tsan_write_range, write)
FNO_ATOMICS(std::uint8_t, 8)
FNO_ATOMICS(std::uint16_t, 16)
FNO_ATOMICS(std::uint32_t, 32)
FNO_ATOMICS(std::uint64_t, 64)

// Calls that carry nothing we need. A virtual-table pointer belongs to host objects.
void __tsan_init();
void __tsan_init() {}
void __tsan_func_entry(void* caller);
void __tsan_func_entry(void*) {}
void __tsan_func_exit();
void __tsan_func_exit() {}
void __tsan_vptr_update(void** address, void* value);
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void** address);
void __tsan_vptr_read(void**) {}
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
