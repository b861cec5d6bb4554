package io.lanyard.daemon.security;

import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

/** Takes whatever certificate the other end shows, as an attacker would. */
public final class TrustsEverybody implements X509TrustManager {

    /** Makes one. */
    public TrustsEverybody() {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
