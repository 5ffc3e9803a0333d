#include <algorithm>

#include "cuda/emulation/emulated/language.h"

// In a file of its own so that the race build sees one atomic access instead of a load and a store.
namespace fno::cu::emulated::language {
namespace {

template <class T, class Update>
T update(T* address, Update new_value, const void* code) {
  const EmulatorScope scope("an atomic function");
  race::check(address, sizeof(T), race::Kind::atomic, code);
  const T old = *address;
  *address = new_value(old);
  return old;
}

template <class T>
T add(T* address, T value, const void* code) {
  return update(
      address, [value](T old) { return static_cast<T>(old + value); }, code);
}

template <class T>
T maximum(T* address, T value, const void* code) {
  return update(
      address, [value](T old) { return std::max(old, value); }, code);
}

}  // namespace

// Device integers wrap; the sum of two ints is taken without sign to say so.
int atomicAdd(int* address, int value) {
  return update(
      address, [value](int old) { return static_cast<int>(static_cast<unsigned>(old) + static_cast<unsigned>(value)); },
      __builtin_return_address(0));
}
unsigned atomicAdd(unsigned* address, unsigned value) { return add(address, value, __builtin_return_address(0)); }
unsigned long long atomicAdd(unsigned long long* address, unsigned long long value) {
  return add(address, value, __builtin_return_address(0));
}
float atomicAdd(float* address, float value) { return add(address, value, __builtin_return_address(0)); }
int atomicMax(int* address, int value) { return maximum(address, value, __builtin_return_address(0)); }
unsigned atomicMax(unsigned* address, unsigned value) { return maximum(address, value, __builtin_return_address(0)); }

}  // namespace fno::cu::emulated::language
