#include "models/observer.h"

#include "framework/autograd/checkpoint.h"

namespace fno {
namespace {
thread_local const Observer* current = nullptr;
}  // namespace

ObserverScope::ObserverScope(Observer observer) : observer_(std::move(observer)), before_(current) {
  current = &observer_;
}
ObserverScope::~ObserverScope() { current = before_; }

void observe(std::string_view scope, std::size_t index, std::string_view leaf, const Var& value) {
  if (current) observe(std::string(scope) + "." + std::to_string(index), leaf, value);
}

void observe(std::string_view scope, std::string_view leaf, const Var& value) {
  if (!current || recomputing()) return;
  std::string name(scope);
  if (!leaf.empty()) name.append(".").append(leaf);
  (*current)(name, value);
}

}  // namespace fno
