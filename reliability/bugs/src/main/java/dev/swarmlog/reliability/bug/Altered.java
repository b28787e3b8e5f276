package dev.swarmlog.reliability.bug;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Objects that behave as others do, but for some methods.
 *
 * <p>A bug writes down only what it does wrong; whatever else the interface has, or will have, goes
 * through to the original.
 */
public final class Altered {

  private Altered() {}

  /**
   * The original with other methods.
   *
   * @param type an interface
   * @param alterations each of its declared methods that is not private replaces the one of the
   *     same name and parameters; it may be a record, of which only what was written down counts
   * @throws IllegalArgumentException if one of them replaces none
   */
  public static <T> T of(Class<T> type, T original, Object alterations) {
    Map<Method, Method> replaced = new HashMap<>();
    for (Method alteration : alterations.getClass().getDeclaredMethods()) {
      if (isMeant(alteration)) {
        alteration.setAccessible(true);
        replaced.put(replacedBy(alteration, type), alteration);
      }
    }
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Method alteration = replaced.get(method);
              try {
                return alteration == null
                    ? method.invoke(original, arguments)
                    : alteration.invoke(alterations, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private static boolean isMeant(Method method) {
    Class<?> declaring = method.getDeclaringClass();
    boolean ofEveryObject =
        Arrays.stream(Object.class.getDeclaredMethods())
            .anyMatch(
                other ->
                    other.getName().equals(method.getName())
                        && Arrays.equals(other.getParameterTypes(), method.getParameterTypes()));
    boolean ofEveryRecord =
        declaring.isRecord()
            && Arrays.stream(declaring.getRecordComponents())
                .anyMatch(component -> component.getAccessor().equals(method));
    return !method.isSynthetic()
        && !Modifier.isPrivate(method.getModifiers())
        && !ofEveryObject
        && !ofEveryRecord;
  }

  private static Method replacedBy(Method alteration, Class<?> type) {
    try {
      return type.getMethod(alteration.getName(), alteration.getParameterTypes());
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(
          "Expected "
              + alteration
              + " to replace a method of "
              + type.getName()
              + ", but it has none of that name with these parameters",
          e);
    }
  }
}
