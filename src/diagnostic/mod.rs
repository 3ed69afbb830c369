//! One plain diagnostic type, its codes and pages, and its renderers.
